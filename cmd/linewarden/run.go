package main

import (
	"context"
	"errors"
	"io"
	"os"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/configs"
)

// daemon runs this process's roles until ctx ends: it reads its files, opens
// what the roles stand on, makes them, and runs them.
func daemon(
	ctx context.Context, cfg *configs.Config, reload <-chan os.Signal, out io.Writer, log *zap.Logger,
) (err error) {
	files, err := readFiles(cfg)
	if err != nil {
		return err
	}
	base, err := openBase(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, base.close()) }()
	r, err := newRoles(cfg, files, base, log)
	if err != nil {
		return err
	}
	return r.run(ctx, reload, out)
}

// run runs the roles until ctx ends or one of them fails. When it returns,
// nothing runs any more.
func (r *roles) run(ctx context.Context, reload <-chan os.Signal, out io.Writer) error {
	g, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	starting := r.start(ctx, g, reload, out)
	if starting != nil {
		stop()
	}
	running := g.Wait()
	if running != nil && errors.Is(starting, context.Canceled) {
		return running // whoever was interrupted by another's failure is not to blame
	}
	return errors.Join(starting, running)
}

// start starts the roles in the order in which they need each other. The
// inventory may come from another daemon, perhaps much later.
func (r *roles) start(ctx context.Context, g *errgroup.Group, reload <-chan os.Signal, out io.Writer) error {
	r.startWatching(ctx, g)
	if err := r.publish(ctx); err != nil {
		return err
	}
	if r.desk == nil { // then it says meanwhile what it is waiting for
		g.Go(func() error { return r.server.Run(ctx, r.base.socket) })
	}
	g.Go(func() error { return r.catalogue.follow(ctx, r.inventoryUsers()...) })
	if !r.catalogue.wait(ctx) {
		return nil
	}
	if err := r.startDesk(ctx, g, out); err != nil {
		return err
	}
	if r.leader != nil {
		g.Go(func() error { return r.leader.run(ctx) })
	}
	g.Go(func() error { return r.reloads.run(ctx, reload) })
	return nil
}

func (r *roles) startWatching(ctx context.Context, g *errgroup.Group) {
	if r.watching == nil {
		return
	}
	for _, run := range r.watching.runs {
		g.Go(func() error { return run(ctx) })
	}
}

// publish makes the inventory that was read the current one.
func (r *roles) publish(ctx context.Context) error {
	if r.desk == nil {
		return nil
	}
	return r.catalogue.publish(ctx, r.files.inventory)
}

// inventoryUsers take each revision before it is in force. One that may refuse
// comes before one that does not.
func (r *roles) inventoryUsers() []func(*inventory.Inventory) error {
	var users []func(*inventory.Inventory) error
	if r.watching != nil {
		users = append(users, r.watching.setInventory)
	}
	if r.leader != nil {
		users = append(users, r.leader.setInventory)
	}
	return users
}

// startDesk makes the database ready for ticketing, and starts it and its pages.
func (r *roles) startDesk(ctx context.Context, g *errgroup.Group, out io.Writer) error {
	if r.desk == nil {
		return nil
	}
	if err := firstAdmin(ctx, r.base.database, out, r.log); err != nil {
		return err
	}
	if err := r.desk.Prepare(ctx); err != nil {
		return err
	}
	if r.leader == nil { // else the leader asks for it at the right moment
		if err := r.desk.HandBack(ctx); err != nil {
			return err
		}
	}
	g.Go(func() error { return r.desk.Run(ctx) })
	g.Go(func() error { return r.base.wire.Follow(ctx, r.desk.Board.Report) })
	g.Go(func() error { return remind(ctx, r.base.wire, r.catalogue, r.desk, r.log) })
	g.Go(func() error { return r.server.Run(ctx, r.base.socket) })
	return nil
}
