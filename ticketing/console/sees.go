package console

import (
	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/web"
)

// eyes are what a person sees of lines, faults and tickets now.
func (c *Console) eyes(by people.Person) web.Eyes { return web.EyesOf(by, c.Desk.Inventory()) }
