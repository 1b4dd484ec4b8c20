"""The forms that bodies fill in: what they ask for, in which words, and which sums must hold."""
