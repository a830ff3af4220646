package real

import (
	"fmt"
	"strings"
)

// The network, as a drawing:
//
//	station
//	   |
//	 BB-01 --UP-2-- CR-02 --RING-2-- AG-02
//	   |            / |                 |
//	 UP-1     CORE-12 CORE-23        RING-12
//	   |      /       |                 |
//	 CR-01 --CORE-13- | -- CR-03        |
//	   |                     |          |
//	   +------RING-1------------------AG-01
//	                       TRUNK-2      |
//	                         |        TRUNK-1
//	                       AN-02        |
//	                         |        AN-01
//	                     TAIL-BANK    |     |
//	                         |   TAIL-HOSP TAIL-MACH
//	                     CPE-BANK     |     |
//	                            CPE-HOSP  CPE-MACH
//
// The core is a routed area, the ring is another; OSPF runs over both.

// node is one namespace: a router with OSPF, or a CPE with a default route.
type node struct {
	id, kind, site, layer string
	n                     int // last byte of its management address
}

func (n *node) netns() string { return strings.ToLower(n.id) }
func (n *node) management() string {
	return fmt.Sprintf("10.255.0.%d", n.n)
}

// service is the address behind a CPE that proves its line.
func (n *node) service() string { return fmt.Sprintf("10.200.%d.1", n.n) }
func (n *node) cpe() bool       { return n.kind == "cpe" }

var nodes = []*node{
	{"BB-01", "router", "ST-BB", "backbone", 1},
	{"CR-01", "router", "ST-CORE", "core", 11},
	{"CR-02", "router", "ST-CORE", "core", 12},
	{"CR-03", "router", "ST-WEST", "core", 13},
	{"AG-01", "router", "ST-EAST", "trunk", 21},
	{"AG-02", "router", "ST-NORTH", "trunk", 22},
	{"AN-01", "router", "ST-EAST", "trunk", 31},
	{"AN-02", "router", "ST-WEST", "trunk", 32},
	{"CPE-HOSP", "cpe", "CS-HOSP", "premises", 101},
	{"CPE-MACH", "cpe", "CS-MACH", "premises", 102},
	{"CPE-BANK", "cpe", "CS-BANK", "premises", 103},
}

func nodeOf(id string) *node {
	for _, n := range nodes {
		if n.id == id {
			return n
		}
	}
	panic("no node " + id)
}

// link joins two nodes over a bridge in the middle. A port is called after what
// it leads to.
type link struct {
	id, a, z, layer, protection string
	n                           int // third byte of its addresses
}

func portTo(id string) string               { return "to-" + strings.ToLower(id) }
func (l *link) portOf(id string) string     { return portTo(l.far(id)) }
func (l *link) address(id string) string    { return fmt.Sprintf("10.1.%d.%d", l.n, l.side(id)+1) }
func (l *link) middlePort(id string) string { return fmt.Sprintf("l%d-%c", l.n, "az"[l.side(id)]) }
func (l *link) bridge() string              { return fmt.Sprintf("br%d", l.n) }

func (l *link) side(id string) int {
	switch id {
	case l.a:
		return 0
	case l.z:
		return 1
	}
	panic(l.id + " does not end at " + id)
}

func (l *link) far(id string) string { return []string{l.z, l.a}[l.side(id)] }

var links = []*link{
	{"UP-1", "BB-01", "CR-01", "core", "core", 1},
	{"UP-2", "BB-01", "CR-02", "core", "core", 2},
	{"CORE-12", "CR-01", "CR-02", "core", "core", 3},
	{"CORE-13", "CR-01", "CR-03", "core", "core", 4},
	{"CORE-23", "CR-02", "CR-03", "core", "core", 5},
	{"RING-1", "CR-01", "AG-01", "trunk", "ring-east", 6},
	{"RING-12", "AG-01", "AG-02", "trunk", "ring-east", 7},
	{"RING-2", "AG-02", "CR-02", "trunk", "ring-east", 8},
	{"TRUNK-1", "AG-01", "AN-01", "trunk", "", 9},
	{"TRUNK-2", "CR-03", "AN-02", "trunk", "", 10},
	{"TAIL-HOSP", "AN-01", "CPE-HOSP", "tail", "", 11},
	{"TAIL-MACH", "AN-01", "CPE-MACH", "tail", "", 12},
	{"TAIL-BANK", "AN-02", "CPE-BANK", "tail", "", 13},
}

func linkOf(id string) *link {
	for _, l := range links {
		if l.id == id {
			return l
		}
	}
	panic("no link " + id)
}

func linksAt(id string) []*link {
	var all []*link
	for _, l := range links {
		if l.a == id || l.z == id {
			all = append(all, l)
		}
	}
	return all
}

// The station's namespace and its link to the backbone router.
const (
	stationNS      = "station"
	stationAddress = "10.1.0.1"
	gatewayAddress = "10.1.0.2"
	middleNS       = "middle"
	community      = "real-read"
)

// inventoryFiles describes the network to the daemon.
func inventoryFiles() map[string]string {
	files := map[string]string{
		"customers.csv": "id,name,grade,region,manager\n" +
			"CU-HOSP,市第一人民医院,gold,市区,王经理\nCU-MACH,东风机械厂,standard,市区,李经理\nCU-BANK,城西银行,diamond,市区,赵经理\n",
		"sites.csv": "id,name,kind\nST-BB,省中心,exchange\nST-CORE,中心机房,exchange\nST-WEST,城西局,exchange\nST-EAST,城东局,exchange\nST-NORTH,城北局,exchange\n" +
			"CS-HOSP,医院信息科,customer\nCS-MACH,机械厂办公楼,customer\nCS-BANK,银行机房,customer\n",
		"stations.csv": "id,name,attached,collector\nPROBE-1,拨测点一,BB-01,main\n",
	}
	var devices, rows, lines strings.Builder
	devices.WriteString("id,name,kind,site,layer,technology,address,credential\n")
	for _, n := range nodes {
		fmt.Fprintf(&devices, "%s,%s,%s,%s,%s,data,%s,lab\n", n.id, n.id, n.kind, n.site, n.layer, n.management())
	}
	rows.WriteString("id,a,z,layer,medium,protection\n")
	for _, l := range links {
		fmt.Fprintf(&rows, "%s,%s/%s,%s/%s,%s,fiber,%s\n", l.id, l.a, l.portOf(l.a), l.z, l.portOf(l.z), l.layer,
			l.protection)
	}
	lines.WriteString("id,customer,product,grade,a,z,name,circuit_code,target\n")
	for _, name := range []string{"HOSP", "MACH", "BANK"} {
		fmt.Fprintf(&lines, "LN-%s,CU-%s,internet,AAA,CPE-%s,BB-01,专线 %s,甬-%s,%s\n", name, name, name, name, name,
			nodeOf("CPE-"+name).service())
	}
	files["devices.csv"], files["links.csv"], files["lines.csv"] = devices.String(), rows.String(), lines.String()
	return files
}
