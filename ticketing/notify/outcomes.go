package notify

import (
	"errors"
	"sync"
)

// mostUnfinished is of how many messages the outcomes are kept. Beyond it they
// are forgotten, and a message that is sent again reaches all its recipients.
const mostUnfinished = 1000

// outcomes keeps, of messages that are to be sent again, who has them already
// and who was refused for good. It lives as long as the process: after a restart
// a message may reach somebody twice, under the same key. The zero value is
// ready for use.
type outcomes struct {
	mu       sync.Mutex
	messages map[string]map[string]error // by message key, then by address; nil: has it
}

// remaining lists the recipients whose outcome is open.
func (o *outcomes) remaining(m Message) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var open []string
	for _, address := range m.To {
		if _, settled := o.messages[m.ID][address]; !settled {
			open = append(open, address)
		}
	}
	return open
}

// settle records that a recipient has the message, or why he never will.
func (o *outcomes) settle(m Message, address string, refused error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.messages == nil || len(o.messages) >= mostUnfinished && o.messages[m.ID] == nil {
		o.messages = map[string]map[string]error{}
	}
	if o.messages[m.ID] == nil {
		o.messages[m.ID] = map[string]error{}
	}
	o.messages[m.ID][address] = refused
}

// conclude forgets the message and returns all refusals, in the order of its
// recipients.
func (o *outcomes) conclude(m Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var refused []error
	for _, address := range m.To {
		refused = append(refused, o.messages[m.ID][address])
	}
	delete(o.messages, m.ID)
	return errors.Join(refused...)
}
