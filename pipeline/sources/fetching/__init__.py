"""Published files brought from the department's statistics service by its public interface, when somebody asks."""
