"""Tracks (行踪轨迹): rows that are points of one, which move and which stand."""
