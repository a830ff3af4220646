package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/configs"
)

const standardPort = 161

// plan finds out whom to ask, and how.
func (c *Cmd) plan(ctx context.Context) ([]snmp.Target, *snmp.Profiles, error) {
	port, dir, secrets, profileDir := standardPort, c.Inventory, &configs.Secrets{}, c.Profiles
	var err error
	if c.Config != "" {
		cfg, err := configs.Load(c.Config)
		if err != nil {
			return nil, nil, err
		}
		if secrets, err = cfg.Secrets(); err != nil && c.Community == "" && c.Secrets == "" {
			return nil, nil, err
		}
		port = cmp.Or(int(cfg.Collector.PollPort), port)
		dir, profileDir = cmp.Or(dir, cfg.Inventory.Dir), cmp.Or(profileDir, cfg.Collector.Profiles)
	}
	if c.Secrets != "" {
		if secrets, err = configs.LoadSecrets(c.Secrets); err != nil {
			return nil, nil, err
		}
	}
	profiles, err := configs.LoadProfiles(profileDir)
	if err != nil {
		return nil, nil, err
	}
	var targets []snmp.Target
	switch {
	case dir == "" && len(c.Device) > 0:
		return nil, nil, errors.New("--device needs --inventory or --config")
	case dir != "":
		targets, err = c.fromInventory(ctx, dir, secrets, uint16(port))
	case len(c.Targets) == 0:
		return nil, nil, errors.New("name a target, or an inventory with --inventory or --config")
	default:
		targets, err = c.strangers(ctx, c.Targets, uint16(port))
	}
	if err != nil {
		return nil, nil, err
	}
	if c.Profile != "" {
		for i := range targets {
			targets[i].Profile = c.Profile
		}
	}
	return targets, profiles, nil
}

// fromInventory picks devices by id or address; what it does not know is asked
// as a stranger.
func (c *Cmd) fromInventory(ctx context.Context, dir string, secrets *configs.Secrets, port uint16) ([]snmp.Target, error) {
	inv, err := inventory.Load(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("inventory %s:\n%w", dir, err)
	}
	all := snmp.Targets(inv)
	wanted := append(slices.Clone(c.Device), c.Targets...)
	var targets []snmp.Target
	for i := range all {
		t := &all[i]
		d, _ := inv.Device(t.ID)
		named := slices.Contains(wanted, t.ID) || slices.Contains(c.Targets, t.Address.Addr().String())
		if len(wanted) > 0 && !named {
			continue
		}
		t.Address = netip.AddrPortFrom(t.Address.Addr(), port)
		t.Credential, err = c.credential(d, secrets)
		if errors.Is(err, errNoCredential) && !named {
			continue // not meant to be asked
		}
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", t.ID, err)
		}
		targets = append(targets, *t)
	}
	for _, id := range c.Device {
		if !slices.ContainsFunc(targets, func(t snmp.Target) bool { return t.ID == id }) {
			return nil, missing(inv, id)
		}
	}
	var strangers []string
	for _, name := range c.Targets {
		if !slices.ContainsFunc(targets, func(t snmp.Target) bool { return t.ID == name || t.Address.Addr().String() == name }) {
			strangers = append(strangers, name)
		}
	}
	others, err := c.strangers(ctx, strangers, port)
	if err != nil {
		return nil, err
	}
	if targets = append(targets, others...); len(targets) == 0 {
		return nil, fmt.Errorf("inventory %s: no device has both an address and a credential", dir)
	}
	return targets, nil
}

func missing(inv *inventory.Inventory, id string) error {
	d, known := inv.Device(id)
	switch {
	case !known:
		return fmt.Errorf("there is no device %s in the inventory", id)
	case !d.NearEnd.IsZero():
		return fmt.Errorf("device %s has no address of its own; it is seen through %s", id, d.NearEnd)
	}
	return fmt.Errorf("device %s has no address", id)
}

var errNoCredential = errors.New("no credential: give --community, or name one in devices.csv and hand in --secrets")

func (c *Cmd) credential(d *inventory.Device, secrets *configs.Secrets) (snmp.Credential, error) {
	if c.Community != "" {
		return snmp.Credential{Version: c.SNMPVersion, Community: c.Community}, nil
	}
	if d.Credential == "" {
		return snmp.Credential{}, errNoCredential
	}
	s, ok := secrets.SNMP[d.Credential]
	if !ok {
		return snmp.Credential{}, fmt.Errorf("there is no credential %q in the secrets file", d.Credential)
	}
	credential := snmp.Credential{Version: string(s.Version), Community: s.Community.Reveal()}
	return credential, credential.Validate()
}

// strangers are targets that no inventory knows: all their ports are shown.
func (c *Cmd) strangers(ctx context.Context, names []string, port uint16) (targets []snmp.Target, err error) {
	if len(names) > 0 && c.Community == "" {
		return nil, errors.New("which community? Set LINEWARDEN_COMMUNITY or give --community")
	}
	for _, name := range names {
		at, err := resolve(ctx, name, port)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(targets, func(t snmp.Target) bool { return t.ID == name }) {
			targets = append(targets, snmp.Target{ID: name, Address: at, All: true,
				Credential: snmp.Credential{Version: c.SNMPVersion, Community: c.Community}})
		}
	}
	return targets, nil
}

func resolve(ctx context.Context, name string, port uint16) (netip.AddrPort, error) {
	host := name
	if h, p, err := net.SplitHostPort(name); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return netip.AddrPort{}, fmt.Errorf("%s: %q is not a port", name, p)
		}
		host, port = h, uint16(n)
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%s: %w", name, err)
	}
	// Of several, IPv4 first: management networks are.
	slices.SortStableFunc(addresses, func(a, b netip.Addr) int { return cmp.Compare(a.Unmap().BitLen(), b.Unmap().BitLen()) })
	return netip.AddrPortFrom(addresses[0].Unmap(), port), nil
}

// explain says more about silence than that there was some.
func explain(ctx context.Context, t snmp.Target, err error) error {
	if !snmp.Silent(err) {
		return err
	}
	if closed(ctx, t.Address) {
		return fmt.Errorf("%w: the host is there, but nothing listens on UDP port %d", err, t.Address.Port())
	}
	return fmt.Errorf("%w: wrong community (agents do not say so), SNMP off, an access list, or the device is down", err)
}

// closed tells whether the host itself says that nobody listens. A connected
// socket hears of it, the engine's shared ones cannot.
func closed(ctx context.Context, at netip.AddrPort) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", at.String())
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(300 * time.Millisecond))
	if _, err := conn.Write([]byte{0}); err != nil {
		return false
	}
	_, err = conn.Read(make([]byte, 1))
	var timeout net.Error
	return err != nil && !(errors.As(err, &timeout) && timeout.Timeout())
}
