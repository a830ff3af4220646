package ticket

import (
	"slices"

	"github.com/linewarden/linewarden/ticketing/people"
)

// ShownTo reports whether the ticket is there for the person: held ones are for
// nobody yet.
func (t Ticket) ShownTo(who people.Person) bool {
	sees, _ := t.Sees(who)
	return sees && t.Visible
}

// Within is the ticket without the lines that are out of a person's scope. Its
// lines say themselves whose they are, also long after the inventory changed.
func (t Ticket) Within(s people.Scope) Ticket {
	if s.Whole(t.Case()) {
		return t
	}
	t.Lines = slices.DeleteFunc(slices.Clone(t.Lines), func(l Line) bool { return !s.Owned(l.Manager, l.Region) })
	return t
}
