"""How good and how fast Gouji is, on documents whose content is known."""
