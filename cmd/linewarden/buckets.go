package main

import (
	"context"

	"github.com/linewarden/linewarden/collector/bus"
	"github.com/linewarden/linewarden/correlator"
	"github.com/linewarden/linewarden/correlator/verdict"
)

// openVerdicts is where the correlator publishes, and ticketing reads.
func openVerdicts(ctx context.Context, wire *bus.Bus) (*bus.Bucket[verdict.Verdict], error) {
	return bus.NewBucket(ctx, wire, bus.Spec[verdict.Verdict]{
		Name: "verdicts", Description: "fault verdicts", Expires: true,
		Key: verdict.Key, Version: verdict.Edition, Encode: verdict.Encode, Decode: verdict.Decode,
	})
}

// openControls is what people have planned. The correlator only reads it.
func openControls(ctx context.Context, wire *bus.Bus) (*bus.Bucket[correlator.Controls], error) {
	return bus.NewBucket(ctx, wire, bus.Spec[correlator.Controls]{
		Name: "controls", Description: "maintenance windows, line states, important periods",
		Decode: correlator.DecodeControls,
	})
}
