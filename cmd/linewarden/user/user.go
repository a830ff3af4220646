// Package user is `linewarden user`: people and their tokens, straight in the
// database, for the first sign-in and for when nobody can sign in any more.
package user

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/linewarden/linewarden/ticketing/people"
	"github.com/linewarden/linewarden/ticketing/store"
	"github.com/linewarden/linewarden/ticketing/web"
)

// Open opens the store that a configuration file names.
type Open func(ctx context.Context, config string) (store.Store, error)

// Groups names the groups of the rules that a configuration file names.
type Groups func(config string) ([]string, error)

// Cmd is the sub-command.
type Cmd struct {
	Add      Add      `cmd:"" help:"Add a person; prints a generated password."`
	Password Password `cmd:"" help:"Give a person a new password, also one who was locked out; prints it."`
	Token    Token    `cmd:"" help:"Make an API token for a person; prints it once."`
	List     List     `cmd:"" help:"List people."`
	Disable  Disable  `cmd:"" help:"Lock a person out; sessions and tokens end at once."`
}

// Add adds a person.
type Add struct {
	Config string   `required:"" help:"Configuration file." type:"path"`
	Name   string   `arg:"" help:"Sign-in name."`
	Full   string   `help:"Full name."`
	Role   []string `help:"Role (repeatable): ${roles}." default:"monitor"`
	Group  []string `help:"Group id (repeatable)."`
	Region []string `help:"Region (repeatable); none: everywhere."`
	Email  string   `help:"E-mail address."`
	Lang   string   `help:"Language of the pages: zh-CN or en; what the browser asks for if not given." default:"" enum:",zh-CN,en"`
}

// Run adds the person and prints the password.
func (c *Add) Run(ctx context.Context, open Open, groups Groups, out io.Writer) error {
	if len(c.Group) > 0 {
		known, err := groups(c.Config)
		if err != nil {
			return err
		}
		for _, g := range c.Group {
			if !slices.Contains(known, g) {
				return fmt.Errorf("group %q: want one of %s", g, strings.Join(known, ", "))
			}
		}
	}
	return with(ctx, open, c.Config, func(s store.Store) error {
		var roles []people.Role
		for _, r := range c.Role {
			if !slices.Contains(people.Roles(), people.Role(r)) {
				return fmt.Errorf("role %q: want one of %s", r, RoleNames())
			}
			roles = append(roles, people.Role(r))
		}
		password, hash, err := newPassword()
		if err != nil {
			return err
		}
		now := time.Now().UTC()
		u := store.User{
			Person:       people.Person{ID: c.Name, Name: c.Full, Roles: roles, Groups: c.Group, Regions: c.Region, Email: c.Email, Lang: c.Lang},
			PasswordHash: hash, Created: now, Updated: now,
		}
		if err := s.SaveUser(ctx, now, u, true); err != nil {
			if errors.Is(err, store.ErrDuplicate) {
				return fmt.Errorf("there is a person %q already; `linewarden user password %s` gives a new password", c.Name, c.Name)
			}
			return err
		}
		fmt.Fprintln(out, password)
		return audit(ctx, s, "user_added", c.Name)
	})
}

// Password replaces a password.
type Password struct {
	Config string `required:"" help:"Configuration file." type:"path"`
	Name   string `arg:"" help:"Sign-in name."`
}

// Run prints the new password.
func (c *Password) Run(ctx context.Context, open Open, out io.Writer) error {
	return with(ctx, open, c.Config, func(s store.Store) error {
		u, err := find(ctx, s, c.Name)
		if err != nil {
			return err
		}
		password, hash, err := newPassword()
		if err != nil {
			return err
		}
		u.PasswordHash, u.Updated, u.Disabled = hash, time.Now().UTC(), false
		if err := s.SaveUser(ctx, u.Updated, u, false); err != nil {
			return err
		}
		fmt.Fprintln(out, password)
		return audit(ctx, s, "password_replaced", c.Name)
	})
}

// Token makes an API token.
type Token struct {
	Config  string        `required:"" help:"Configuration file." type:"path"`
	Name    string        `arg:"" help:"Sign-in name of the person in whose name the token acts."`
	Label   string        `help:"What it is for." default:"cli"`
	Expires time.Duration `help:"Lifetime, such as 720h; 0: for ever." default:"0"`
}

// Run prints the token; only its digest is kept.
func (c *Token) Run(ctx context.Context, open Open, out io.Writer) error {
	if c.Expires < 0 {
		return fmt.Errorf("--expires %s: want a lifetime, such as 720h, or 0 for ever", c.Expires)
	}
	return with(ctx, open, c.Config, func(s store.Store) error {
		u, err := find(ctx, s, c.Name)
		if err != nil {
			return err
		}
		if u.Disabled {
			return fmt.Errorf("%q is locked out; `linewarden user password %s` lets the person in again", c.Name, c.Name)
		}
		token, hash := web.NewToken()
		now := time.Now().UTC()
		t := store.Token{ID: hash[:16], User: c.Name, Name: c.Label, Hash: hash, Created: now}
		if c.Expires > 0 {
			t.Expires = now.Add(c.Expires)
		}
		if err := s.SaveToken(ctx, now, t); err != nil {
			return err
		}
		fmt.Fprintln(out, token)
		return audit(ctx, s, "token_made", c.Name)
	})
}

// List lists people.
type List struct {
	Config string `required:"" help:"Configuration file." type:"path"`
	JSON   bool   `help:"One JSON object a line."`
}

// Run prints a table, or JSON lines.
func (c *List) Run(ctx context.Context, open Open, out io.Writer) error {
	return with(ctx, open, c.Config, func(s store.Store) error {
		users, err := s.Users(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			e := json.NewEncoder(out)
			for _, u := range users {
				if err := e.Encode(u); err != nil {
					return err
				}
			}
			return nil
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tROLES\tGROUPS\tSTATE")
		for _, u := range users {
			state := "active"
			if u.Disabled {
				state = "disabled"
			}
			roles := make([]string, len(u.Roles))
			for i, r := range u.Roles {
				roles[i] = string(r)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.ID, strings.Join(roles, ","), strings.Join(u.Groups, ","), state)
		}
		return w.Flush()
	})
}

// Disable locks a person out.
type Disable struct {
	Config string `required:"" help:"Configuration file." type:"path"`
	Name   string `arg:"" help:"Sign-in name."`
}

// Run disables the person.
func (c *Disable) Run(ctx context.Context, open Open) error {
	return with(ctx, open, c.Config, func(s store.Store) error {
		u, err := find(ctx, s, c.Name)
		if err != nil {
			return err
		}
		u.Disabled, u.Updated = true, time.Now().UTC()
		if err := s.SaveUser(ctx, u.Updated, u, false); err != nil {
			return err
		}
		return audit(ctx, s, "user_disabled", c.Name)
	})
}

// RoleNames is the list of roles for messages.
func RoleNames() string {
	names := make([]string, 0, len(people.Roles()))
	for _, r := range people.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

func with(ctx context.Context, open Open, config string, do func(store.Store) error) error {
	s, err := open(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

func find(ctx context.Context, s store.Store, name string) (store.User, error) {
	u, err := s.User(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return u, fmt.Errorf("there is no person %q; `linewarden user list` names those there are", name)
	}
	return u, err
}

func newPassword() (password, hash string, err error) {
	password = web.NewPassword()
	hash, err = web.HashPassword(password)
	return password, hash, err
}

func audit(ctx context.Context, s store.Store, action, subject string) error {
	return s.Audit(ctx, store.Audit{At: time.Now().UTC(), By: "cli", Action: action, Subject: subject})
}
