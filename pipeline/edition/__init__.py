"""An edition: one area, one academic year, one policy; its schools and its pages."""
