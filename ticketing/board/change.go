package board

// Topic is what a change is about.
type Topic string

// The topics.
const (
	TicketChanged Topic = "ticket"
	FaultChanged  Topic = "fault"
	LineChanged   Topic = "line"
)

// Change says that something looks different now: all of the topic if ID is "".
// It carries no content: whoever wants to know reads it anew, and so always sees
// the present state.
type Change struct {
	Topic Topic
	ID    string
}
