"""``python -m pipeline``."""

from pipeline.cli.verbs import main

if __name__ == "__main__":
    main()
