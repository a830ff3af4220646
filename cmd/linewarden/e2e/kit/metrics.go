package kit

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Sample is a line of the exposition.
type Sample struct {
	Name   string
	Labels string // as they stand there: a="1",b="2"
	Value  float64
}

// Label is the value of one label, for values without quotes in them.
func (s Sample) Label(name string) string {
	_, after, _ := strings.Cut(","+s.Labels, ","+name+`="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

// Metrics scrapes the samples of a metric.
func (n *NOC) Metrics(name string) (all []Sample, err error) {
	body, err := n.Get("/metrics")
	if err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		series, value, ok := cutLast(lines.Text(), " ")
		found, labels, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
		if !ok || found != name {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("/metrics: %s: %w", lines.Text(), err)
		}
		all = append(all, Sample{Name: found, Labels: labels, Value: v})
	}
	return all, nil
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// Metric adds up the samples of a metric that have all of these labels, each
// written as it is in the exposition: line="LN-1".
func (n *NOC) Metric(name string, labels ...string) (sum float64, err error) {
	all, err := n.Metrics(name)
	if err != nil {
		return 0, err
	}
	found := false
	for _, s := range all {
		if containsAll(s.Labels, labels) {
			sum, found = sum+s.Value, true
		}
	}
	if !found {
		return 0, fmt.Errorf("/metrics has no %s with %v", name, labels)
	}
	return sum, nil
}
