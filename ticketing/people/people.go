// Package people says who works on tickets: groups (departments), persons and
// their roles, what a person sees and what he may do, and why not.
//
// It is pure. It knows no passwords, sessions or tokens, and it does not know
// which actions exist: a workflow names them and says who takes them.
package people

// Role is what a person is in the carrier's organisation.
type Role string

// The roles of the fault process.
const (
	Monitor         Role = "monitor"          // 监控中心
	Support         Role = "support"          // 客户服务支撑中心
	Specialist      Role = "specialist"       // 运行维护部专业班组
	Province        Role = "province"         // 省公司网络部专业科室
	ProvinceMonitor Role = "province_monitor" // 省网维监控室
	Field           Role = "field"            // 代维
	Engineer        Role = "engineer"         // 客户工程师
	Manager         Role = "manager"          // 客户经理
	QC              Role = "qc"               // 质检组
	Supervisor      Role = "supervisor"       // 值班长
	Admin           Role = "admin"            // 系统管理
)

// Roles lists every role in the order in which a page shows them.
func Roles() []Role {
	return []Role{Monitor, Support, Specialist, Province, ProvinceMonitor, Field,
		Engineer, Manager, QC, Supervisor, Admin}
}

// Title is a name in the languages of the console.
type Title struct {
	ZH string `json:"zh" yaml:"zh"`
	EN string `json:"en" yaml:"en"`
}

// In returns the title in a language ("zh-CN", "en"), Chinese by default.
func (t Title) In(lang string) string {
	if len(lang) >= 2 && lang[:2] == "en" && t.EN != "" {
		return t.EN
	}
	if t.ZH != "" {
		return t.ZH
	}
	return t.EN
}

// Group is a department that can own tickets.
type Group struct {
	ID         string `json:"id" yaml:"id"`
	Title      Title  `json:"title" yaml:"title"`
	Role       Role   `json:"role" yaml:"role"`                       // what its members are
	Technology string `json:"technology,omitempty" yaml:"technology"` // of a specialist group
	Parent     string `json:"parent,omitempty" yaml:"parent"`         // group id
	Category   string `json:"category,omitempty" yaml:"category"`     // city, province, outsourced, vendor ...
	Region     string `json:"region,omitempty" yaml:"region"`         // empty: everywhere
	Email      string `json:"email,omitempty" yaml:"email"`
	Phone      string `json:"phone,omitempty" yaml:"phone"`
}

// Person is someone who signs in, or a program that acts with a token.
type Person struct {
	ID       string   `json:"id"` // sign-in name
	Name     string   `json:"name,omitempty"`
	Roles    []Role   `json:"roles"`
	Groups   []string `json:"groups,omitempty"`  // group ids
	Regions  []string `json:"regions,omitempty"` // empty: all regions
	Grants   []string `json:"grants,omitempty"`  // actions granted personally, beside the roles
	Denied   []string `json:"denied,omitempty"`  // actions withdrawn personally
	Email    string   `json:"email,omitempty"`
	Phone    string   `json:"phone,omitempty"`
	Lang     string   `json:"lang,omitempty"` // zh-CN or en; empty: what the browser asks for
	Disabled bool     `json:"disabled,omitempty"`
}

// Ref names an actor in records: a person, or the system itself.
type Ref struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// System is the actor of everything that happens by itself.
func System() Ref { return Ref{ID: "system"} }

// Ref is how the person is written into records.
func (p Person) Ref() Ref { return Ref{ID: p.ID, Name: p.Name} }

// Has reports whether the person holds any of the roles.
func (p Person) Has(roles ...Role) bool {
	for _, r := range p.Roles {
		for _, want := range roles {
			if r == want {
				return true
			}
		}
	}
	return false
}

// In reports whether the person belongs to the group.
func (p Person) In(group string) bool {
	for _, g := range p.Groups {
		if g == group {
			return true
		}
	}
	return false
}
