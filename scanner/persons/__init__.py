"""What ties the numbers of a row to a person (自然人), and which mentions in all inputs are one."""
