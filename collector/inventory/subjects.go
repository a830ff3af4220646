package inventory

import (
	"fmt"
	"strings"
)

// checkRisks looks at shared risks: who belongs to what one event takes away.
func (inv *Inventory) checkRisks(r *report) {
	type key struct {
		kind RiskKind
		id   string
	}
	seen := make(map[key]int)
	for i := range inv.Risks {
		risk := &inv.Risks[i]
		if risk.ID == "" {
			continue
		}
		if first, taken := seen[key{risk.Kind, risk.ID}]; taken {
			r.row(RisksFile, i, risk.ID, "id", "is already used for a %s at %s", risk.Kind, r.where(RisksFile, first))
			continue
		}
		seen[key{risk.Kind, risk.ID}] = i
		if reason := inv.badRisk(r, risk); reason != "" {
			r.row(RisksFile, i, risk.ID, "id", "%s", reason)
		}
		for _, member := range risk.Members {
			if reason := inv.badSubject(r, member); reason != "" {
				r.row(RisksFile, i, risk.ID, "members", "%s", reason)
			}
		}
	}
}

// badRisk says what is wrong with a risk's id, which with its kind is a subject.
func (inv *Inventory) badRisk(r *report, risk *Risk) string {
	switch risk.Kind {
	case CardRisk:
		device, card, _ := strings.Cut(risk.ID, "/")
		if card == "" {
			return fmt.Sprintf("%q names no card; write DEVICE/CARD", risk.ID)
		}
		if !inv.hasDevice(r, device) {
			return fmt.Sprintf("no device has the id %q", device)
		}
	case PowerRisk:
		if !inv.hasSite(r, risk.ID) {
			return fmt.Sprintf("no site has the id %q; a power risk bears the id of the site it feeds", risk.ID)
		}
	default:
		if !validID(risk.ID) {
			return fmt.Sprintf("%q is not an id", risk.ID)
		}
	}
	return ""
}

// checkAliases looks at the names that other systems use.
func (inv *Inventory) checkAliases(r *report) {
	seen := make(map[aliasKey]int, len(inv.Aliases))
	for i := range inv.Aliases {
		a := &inv.Aliases[i]
		if first, taken := seen[aliasKey{a.System, a.Native}]; taken {
			r.row(AliasesFile, i, a.Native, "native", "system %s already uses it at %s", a.System, r.where(AliasesFile, first))
			continue
		}
		seen[aliasKey{a.System, a.Native}] = i
		if a.Subject == "" {
			continue
		}
		if reason := inv.badSubject(r, a.Subject); reason != "" {
			r.row(AliasesFile, i, a.Native, "subject", "%s", reason)
		}
	}
}

// badSubject says what is wrong with a name of the form KIND/ID.
func (inv *Inventory) badSubject(r *report, s string) string {
	kind, id, _ := strings.Cut(s, "/")
	if id == "" {
		return fmt.Sprintf("%q names nothing; write KIND/ID, such as device/ACC-1 or cable/CBL-7", s)
	}
	known := true
	switch kind {
	case "device":
		known = inv.hasDevice(r, id)
	case "port", "card":
		device, part, _ := strings.Cut(id, "/")
		if part == "" {
			return fmt.Sprintf("%q is incomplete; write %s/DEVICE/%s", s, kind, strings.ToUpper(kind))
		}
		if !inv.hasDevice(r, device) {
			return fmt.Sprintf("%q: no device has the id %q", s, device)
		}
	case "link":
		_, known = inv.index.links[id]
		known = known || r.broken[LinksFile]
	case "cable":
		_, known = inv.index.cables[id]
		known = known || r.broken[CablesFile] || r.broken[LinksFile]
	case "line":
		_, known = inv.index.lines[id]
		known = known || r.broken[LinesFile]
	case "power":
		if !inv.hasSite(r, id) {
			return fmt.Sprintf("%q: no site has the id %q", s, id)
		}
	case "station":
		_, known = inv.index.stations[id]
		known = known || r.broken[StationsFile] || id == DefaultStation
	case "duct", "building", "collector":
		if !validID(id) {
			return fmt.Sprintf("%q: %q is not an id", s, id)
		}
	default:
		return fmt.Sprintf("%q: %q is not a kind of component; write one of device, card, port, link, cable, duct, power, "+
			"building, line, station, collector", s, kind)
	}
	if !known {
		return fmt.Sprintf("%q: no %s has the id %q", s, kind, id)
	}
	return ""
}
