// Package inventory holds what the carrier owns and promises: customers,
// sites, devices, links, cables, lines, and the watches that observe them.
// It reads them from CSV through an fs.FS, validates them whole, and answers
// questions of topology (routes, chains). It knows no clock, no network and no
// state: whether something works today is nobody's business here.
//
// # The files
//
// An inventory is a directory of CSV files with a header row, in UTF-8 (with or
// without a byte order mark) or GB18030. Columns may be left out unless they are
// marked with *; a column that is not listed is an error. A list has ";"
// between its members. DEVICE/PORT is a device's id, a slash, and the port's
// ifName verbatim. Ids are letters, digits, "_", "." and "-", and begin with a
// letter or a digit; names are free text. Bad rows are reported all at once,
// each with file, line, column and reason.
//
//	customers.csv  id* name* grade* important region manager contact phone email
//	sites.csv      id* name* kind* region area address latitude longitude contact phone access_hours
//	devices.csv    id* name* kind* site* layer* technology* address vrf credential profile near_end owner
//	cables.csv     id* name layer ducts
//	links.csv      id* a* z* layer* medium cables protection owner
//	lines.csv      id* customer* product* grade* a* z* name circuit_code service_no bandwidth_mbps route
//	               protected target target_z lpt group role hours state
//	watches.csv    line* end* method* object* reporter vrf proves*
//	risks.csv      id* kind* members*
//	aliases.csv    system* native* subject*
//	stations.csv   id* name attached* collector
//
// customers, sites, devices, links and lines must be there, the others may be.
// What is not plain from its name:
//
//   - near_end of a device: the DEVICE/PORT through which an unmanaged far end is seen.
//   - a and z of a link are DEVICE/PORT; those of a line may be a device alone.
//   - protection of a link: the name of the ring or routed domain in which traffic
//     finds another way by itself. Empty: there is none.
//   - cables of a link: a cable that only links name exists by being named.
//   - route of a line: its links. Empty: derived from the topology, ties broken by id.
//   - protected of a line: "no" pins it to its route. Default: where its links offer protection.
//   - target of a line: an address whose answer proves the service at the A end, or
//     "none"; target_z likewise at the Z end.
//   - lpt of a line: link pass-through, the far port goes down with the near one.
//   - proves of a watch: "service" proves a line up or down, "access" proves it down
//     only, "management" proves neither.
//   - members of a risk: subjects that fail together.
//   - aliases: names that another system uses for our subjects.
package inventory
