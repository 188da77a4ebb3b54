"""The commands of `rappel24`, by what they are about; `config.cli` gathers them."""
