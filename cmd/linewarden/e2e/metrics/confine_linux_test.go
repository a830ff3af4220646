package metrics

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// confineEnv makes the test binary put the unit's system call filter on itself
// and then become the command that follows.
const confineEnv = "LINEWARDEN_CONFINE"

// confine does what systemd does with SystemCallFilter, RestrictAddressFamilies
// and MemoryDenyWriteExecute, but kills where systemd refuses, so that nothing
// that is forbidden goes unseen. The filter comes as a file, see writeFilter.
func confine(filter string, command []string) error {
	raw, err := os.ReadFile(filter)
	if err != nil {
		return err
	}
	program := make([]unix.SockFilter, len(raw)/8)
	for i := range program {
		b := raw[8*i:]
		program[i] = unix.SockFilter{Code: binary.LittleEndian.Uint16(b), Jt: b[2], Jf: b[3],
			K: binary.LittleEndian.Uint32(b[4:])}
	}
	runtime.LockOSThread() // the filter is this thread's, and so is what it becomes
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	p := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&p)), 0, 0); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	return syscall.Exec(command[0], command, slices.DeleteFunc(os.Environ(),
		func(v string) bool { return strings.HasPrefix(v, confineEnv) }))
}

// filterOf compiles the unit's filter.
func filterOf(u unit) ([]byte, error) {
	allowed, err := allowedCalls(u)
	if err != nil {
		return nil, err
	}
	numbers, err := callNumbers()
	if err != nil {
		return nil, err
	}
	const kill, nr, arg0, arg2 = 0x80000000, 0, 16, 32 // offsets in struct seccomp_data
	deny, allow := bpf.RetConstant{Val: kill}, bpf.RetConstant{Val: 0x7fff0000}
	var program []bpf.Instruction
	// only lets a call through if its argument fits: pass are tests that jump
	// over one instruction, the kill, to the next.
	only := func(call string, arg uint32, mask uint32, pass func(i, n int) bpf.Instruction, n int) {
		body := []bpf.Instruction{bpf.LoadAbsolute{Off: arg, Size: 4}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask}}
		for i := range n {
			body = append(body, pass(i, n))
		}
		body = append(body, deny, bpf.LoadAbsolute{Off: nr, Size: 4})
		program = append(program, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: numbers[call], SkipTrue: uint8(len(body))})
		program = append(program, body...)
	}
	families := map[string]uint32{"AF_UNIX": unix.AF_UNIX, "AF_INET": unix.AF_INET, "AF_INET6": unix.AF_INET6,
		"AF_NETLINK": unix.AF_NETLINK}
	mayUse := u.words("RestrictAddressFamilies")
	for _, f := range mayUse {
		if families[f] == 0 {
			return nil, fmt.Errorf("RestrictAddressFamilies: what is %s?", f)
		}
	}
	program = append(program, bpf.LoadAbsolute{Off: nr, Size: 4})
	only("socket", arg0, math.MaxUint32, func(i, n int) bpf.Instruction {
		return bpf.JumpIf{Cond: bpf.JumpEqual, Val: families[mayUse[i]], SkipTrue: uint8(n - i)}
	}, len(mayUse))
	if v, err := u.one("MemoryDenyWriteExecute"); err != nil || v != "yes" {
		return nil, fmt.Errorf("MemoryDenyWriteExecute=%s: %v", v, err)
	}
	not := func(bits uint32) func(i, n int) bpf.Instruction {
		return func(int, int) bpf.Instruction { return bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: bits, SkipTrue: 1} }
	}
	only("mmap", arg2, unix.PROT_WRITE|unix.PROT_EXEC, not(unix.PROT_WRITE|unix.PROT_EXEC), 1)
	only("mprotect", arg2, unix.PROT_EXEC, not(unix.PROT_EXEC), 1)
	only("pkey_mprotect", arg2, unix.PROT_EXEC, not(unix.PROT_EXEC), 1)
	for _, call := range allowed {
		if n, ok := numbers[call]; ok { // others are of other machines
			program = append(program, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: n, SkipTrue: 1}, allow)
		}
	}
	assembled, err := bpf.Assemble(append(program, deny))
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, i := range assembled {
		out = binary.LittleEndian.AppendUint16(out, i.Op)
		out = append(out, i.Jt, i.Jf)
		out = binary.LittleEndian.AppendUint32(out, i.K)
	}
	return out, nil
}

// allowedCalls are the calls that SystemCallFilter leaves: lists of sets, of
// which those with a tilde take away.
func allowedCalls(u unit) ([]string, error) {
	calls := map[string]bool{}
	for _, line := range append([]string{"@default"}, u["SystemCallFilter"]...) {
		line, remove := strings.CutPrefix(line, "~")
		for _, set := range strings.Fields(line) {
			if err := expand(set, func(call string) { calls[call] = !remove }); err != nil {
				return nil, err
			}
		}
	}
	var all []string
	for call, yes := range calls {
		if yes {
			all = append(all, call)
		}
	}
	slices.Sort(all)
	return all, nil
}

func expand(set string, each func(call string)) error {
	if !strings.HasPrefix(set, "@") {
		each(set)
		return nil
	}
	out, err := exec.Command("systemd-analyze", "syscall-filter", "--no-pager", set).Output()
	if err != nil {
		return fmt.Errorf("systemd-analyze syscall-filter %s: %w", set, err)
	}
	for line := range strings.Lines(string(out)) {
		word := strings.TrimSpace(line)
		if word == "" || word == set || strings.HasPrefix(word, "#") {
			continue
		}
		if err := expand(word, each); err != nil {
			return err
		}
	}
	return nil
}

var callNumber = regexp.MustCompile(`^\s*SYS_(\w+)\s*=\s*(\d+)`)

// callNumbers reads this machine's numbers where the kernel's headers for Go are.
func callNumbers() (map[string]uint32, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		return nil, fmt.Errorf("find golang.org/x/sys: %w", err)
	}
	f, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), "unix", "zsysnum_linux_"+runtime.GOARCH+".go"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := map[string]uint32{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if m := callNumber.FindStringSubmatch(s.Text()); m != nil {
			n, err := strconv.ParseUint(m[2], 10, 32)
			if err != nil {
				return nil, err
			}
			all[strings.ToLower(m[1])] = uint32(n)
		}
	}
	return all, nil
}
