"""What a whole column says: header words, statistics, and the decision for each detector."""
