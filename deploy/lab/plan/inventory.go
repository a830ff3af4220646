package plan

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// bom lets a spreadsheet open the files as UTF-8.
const bom = "\ufeff"

// Credential is the name under which the devices' community is kept.
const Credential = "lab"

// Inventory is the network as the monitoring's inventory: file name -> CSV.
func (n *Network) Inventory() map[string][]byte {
	return map[string][]byte{
		"customers.csv": n.table("id,name,grade,important,region,manager,contact,phone,email", n.customerRows()),
		"sites.csv":     n.table("id,name,kind,region,area,address,latitude,longitude", n.siteRows()),
		"devices.csv":   n.table("id,name,kind,site,layer,technology,address,credential,near_end,owner", n.deviceRows()),
		"links.csv":     n.table("id,a,z,layer,medium,cables,protection,owner", n.linkRows()),
		"cables.csv":    n.table("id,name,layer", n.cableRows()),
		"lines.csv": n.table("id,customer,product,grade,a,z,name,circuit_code,service_no,bandwidth_mbps,"+
			"target,target_z,state", n.lineRows()),
		"risks.csv":    n.table("id,kind,members", n.cardRows()),
		"stations.csv": n.table("id,name,attached,collector", n.stationRows()),
	}
}

// WriteInventory puts the inventory's files into dir, which it makes.
func (n *Network) WriteInventory(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, data := range n.Inventory() {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (n *Network) table(header string, rows [][]string) []byte {
	var out bytes.Buffer
	out.WriteString(bom + header + "\n")
	w := csv.NewWriter(&out)
	_ = w.WriteAll(rows) // a bytes.Buffer takes everything
	return out.Bytes()
}

// PortName is DEVICE/PORT.
func (n *Network) PortName(p int) string {
	if p == None {
		return ""
	}
	return n.Devices[n.Ports[p].Device].ID + "/" + n.Ports[p].Name
}

func (n *Network) customerRows() (rows [][]string) {
	for _, c := range n.Customers {
		rows = append(rows, []string{c.ID, c.Name, c.Grade, yesNo(c.Important), "示范市", c.Manager, c.Contact, c.Phone,
			c.Email})
	}
	return rows
}

func (n *Network) siteRows() (rows [][]string) {
	for _, s := range n.Sites {
		rows = append(rows, []string{s.ID, s.Name, s.Kind, s.Region, s.Area, s.Address, decimal(s.Latitude),
			decimal(s.Longitude)})
	}
	return rows
}

func (n *Network) deviceRows() (rows [][]string) {
	for _, d := range n.Devices {
		credential, near := "", ""
		if d.SNMP {
			credential = Credential
		}
		if d.NearEnd != None {
			near = n.PortName(d.NearEnd)
		}
		rows = append(rows, []string{d.ID, d.Name, d.Kind, n.Sites[d.Site].ID, d.Layer, d.Technology, text(d.Address),
			credential, near, d.Owner})
	}
	return rows
}

func (n *Network) linkRows() (rows [][]string) {
	for _, l := range n.Links {
		var cables []string
		for _, c := range l.Cables {
			cables = append(cables, n.Cables[c].ID)
		}
		rows = append(rows, []string{l.ID, n.PortName(l.A), n.PortName(l.Z), l.Layer, l.Medium, strings.Join(cables, ";"),
			l.Protection, "carrier"})
	}
	return rows
}

func (n *Network) cableRows() (rows [][]string) {
	for _, c := range n.Cables {
		rows = append(rows, []string{c.ID, c.Name, c.Layer})
	}
	return rows
}

func (n *Network) lineRows() (rows [][]string) {
	for _, l := range n.Lines {
		z := n.Devices[l.Z].ID
		if l.ZPort != None {
			z = n.PortName(l.ZPort)
		}
		rows = append(rows, []string{
			l.ID, n.Customers[l.Customer].ID, l.Product, l.Grade, n.PortName(l.APort), z,
			l.Name, l.Circuit, l.ServiceNo, strconv.Itoa(l.Mbps), text(l.Target), text(l.TargetZ), "active",
		})
	}
	return rows
}

// cardRows lists the cards that carry more than one link, so that a card is a
// suspect of its own.
func (n *Network) cardRows() (rows [][]string) {
	for _, d := range n.Devices {
		members := map[string][]string{}
		var order []string
		for _, p := range d.Ports {
			if q := n.Ports[p]; q.Card != "" && q.Link != None {
				if members[q.Card] == nil {
					order = append(order, q.Card)
				}
				members[q.Card] = append(members[q.Card], "port/"+n.PortName(p))
			}
		}
		for _, c := range order {
			if len(members[c]) > 1 && len(order) > 1 {
				rows = append(rows, []string{d.ID + "/" + c, "card", strings.Join(members[c], ";")})
			}
		}
	}
	return rows
}

func (n *Network) stationRows() (rows [][]string) {
	for _, s := range n.Stations {
		rows = append(rows, []string{s.ID, s.Name, n.Devices[s.Device].ID, s.Collector})
	}
	return rows
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return fmt.Sprint(a)
}
