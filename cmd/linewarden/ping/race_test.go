//go:build race

package ping

const raceDetector = true
