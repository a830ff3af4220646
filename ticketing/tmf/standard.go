package tmf

import (
	"encoding/json"
	"fmt"
	"strings"
)

// element is what every part of a TMF body may carry and nobody needs here.
type element struct {
	Href           json.RawMessage `json:"href"`
	Type           json.RawMessage `json:"@type"`
	BaseType       json.RawMessage `json:"@baseType"`
	SchemaLocation json.RawMessage `json:"@schemaLocation"`
	ReferredType   json.RawMessage `json:"@referredType"`
}

type relatedEntity struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
	element
}

type relatedParty struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
	element
}

// note is what was said. Its author is who sends it, and its date is now: a
// record is not written in other people's names.
type note struct {
	ID     json.RawMessage `json:"id"`
	Author string          `json:"author"`
	Date   string          `json:"date"`
	Text   string          `json:"text"`
	element
}

type attachment struct {
	ID             string          `json:"id"`
	Name           string          `json:"name"`
	Description    string          `json:"description"`
	URL            string          `json:"url"`
	Content        string          `json:"content"`
	AttachmentType string          `json:"attachmentType"`
	MimeType       string          `json:"mimeType"`
	Size           json.RawMessage `json:"size"`
	ValidFor       json.RawMessage `json:"validFor"`
	element
}

// standard are TMF621's attributes that a ticket has no place for. Dates that
// are ours to say are accepted and not heeded; what the writer wishes or knows
// is kept as a note, so that nothing of it is lost.
type standard struct {
	RequestedResolutionDate string `json:"requestedResolutionDate"`
	ExpectedResolutionDate  string `json:"expectedResolutionDate"`
	ResolutionDate          string `json:"resolutionDate"`
	StatusChangeReason      string `json:"statusChangeReason"`
	Priority                string `json:"priority"`
	Channel                 *struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		element
	} `json:"channel"`
	Attachment   []attachment `json:"attachment"`
	Relationship []struct {
		ID               string `json:"id"`
		Name             string `json:"name"`
		RelationshipType string `json:"relationshipType"`
		element
	} `json:"troubleTicketRelationship"`

	CreationDate     json.RawMessage `json:"creationDate"`
	LastUpdate       json.RawMessage `json:"lastUpdate"`
	StatusChangeDate json.RawMessage `json:"statusChangeDate"`
	StatusChange     json.RawMessage `json:"statusChange"`
	Type             json.RawMessage `json:"@type"`
	BaseType         json.RawMessage `json:"@baseType"`
	SchemaLocation   json.RawMessage `json:"@schemaLocation"`
}

// remarks are what is kept as a note. A file cannot be kept, and is refused
// rather than lost.
func (s standard) remarks(reason string) ([]string, error) {
	var out []string
	say := func(name string, words ...string) {
		if text := strings.TrimSpace(strings.Join(words, " ")); text != "" {
			out = append(out, name+": "+text)
		}
	}
	for _, date := range []struct{ name, value string }{{"requestedResolutionDate", s.RequestedResolutionDate},
		{"expectedResolutionDate", s.ExpectedResolutionDate}, {"resolutionDate", s.ResolutionDate}} {
		if date.value == "" {
			continue
		}
		at, err := moment(date.value)
		if err != nil {
			return nil, badRequest(
				"invalid "+date.name, fmt.Sprintf("%q: want RFC 3339, such as 2026-11-22T08:00:00Z", date.value),
			)
		}
		say(date.name, stamp(at))
	}
	say("priority", s.Priority)
	say("statusChangeReason", reason)
	if s.Channel != nil {
		say("channel", s.Channel.ID, s.Channel.Name)
	}
	for _, r := range s.Relationship {
		say("troubleTicketRelationship", r.RelationshipType, r.ID, r.Name)
	}
	for _, a := range s.Attachment {
		if a.Content != "" {
			return nil, badRequest(
				"attachment with content",
				fmt.Sprintf("%q: files are not kept here; put it elsewhere and send its url", a.Name),
			)
		}
		say("attachment", a.Name, a.URL, a.Description, a.ID)
	}
	return out, nil
}

// notes are the texts to write down: each note, and the remarks as one.
func notes(said []note, remarks []string) []string {
	var out []string
	for _, n := range said {
		text := strings.TrimSpace(n.Text)
		if text == "" {
			continue
		}
		if n.Author != "" {
			text = n.Author + ": " + text
		}
		out = append(out, text)
	}
	if len(remarks) > 0 {
		out = append(out, strings.Join(remarks, "\n"))
	}
	return out
}
