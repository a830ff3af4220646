package lab

import (
	"os"
	"strings"
)

// sysctl reads a kernel setting, or gives "" where there is none.
func sysctl(name string) string {
	b, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// advice tells what keeps the lab from its namespaces and how to get them.
func advice(root bool, sysctl func(string) string) string {
	var out []string
	add := func(lines ...string) { out = append(out, lines...) }
	if sysctl("user.max_user_namespaces") == "0" {
		add("user.max_user_namespaces is 0: user namespaces are switched off. Allow them with",
			"    sudo sysctl -w user.max_user_namespaces=15000")
	}
	if sysctl("user.max_net_namespaces") == "0" {
		add("user.max_net_namespaces is 0: network namespaces are switched off. Allow them with",
			"    sudo sysctl -w user.max_net_namespaces=15000")
	}
	if sysctl("kernel.unprivileged_userns_clone") == "0" {
		add("kernel.unprivileged_userns_clone is 0: this system keeps user namespaces for root (Debian). Allow them with",
			"    sudo sysctl -w kernel.unprivileged_userns_clone=1")
	}
	if sysctl("kernel.apparmor_restrict_unprivileged_userns") == "1" {
		add("kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor takes the rights out of user namespaces (Ubuntu "+
			"23.10 and later). Allow them with",
			"    sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
	}
	switch {
	case len(out) == 0:
		add("No kernel setting forbids it, so it is probably a container's seccomp profile or missing capabilities. In a "+
			"container, run it with",
			"    docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt "+
				"apparmor=unconfined …")
		if !root {
			add("or run it as root.")
		}
	case !root:
		add("or run linelab as root: sudo linelab …")
	}
	return strings.Join(out, "\n")
}
