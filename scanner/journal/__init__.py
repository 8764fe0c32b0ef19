"""What lets an interrupted scan go on: parts of its counts, each in a sealed file of its own, in a private folder.

A part is what one thread counted since its last one, with the numbers of the batches in it. Parts add up as tallies
do, so those that are sound make the sum of their batches, whichever are missing; all other batches are counted again.
"""
