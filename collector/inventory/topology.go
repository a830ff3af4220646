package inventory

// Path is a walk through the network: Devices[i] and Devices[i+1] are joined by
// Links[i], so there is one device more than links.
type Path struct {
	Devices []string
	Links   []string
}
