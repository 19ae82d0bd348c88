"""What is at a place: areas with rules, followed areas, duty, the map."""
