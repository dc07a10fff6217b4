package config

// NoFollow is empty: Windows has no such flags. OpenFile compares what it
// opened with what it saw before.
const NoFollow = 0
