package collector

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// memory is which targets have ever answered, in a file with a name a line.
// Without it a target that failed while nobody looked would be taken for a
// wrong row in the inventory.
type memory struct {
	path string

	mu    sync.Mutex
	names map[string]bool
	news  bool
}

// loadMemory reads the file, if there is one. An unreadable one is an error;
// nobody else's life depends on one that is missing.
func loadMemory(path string) (*memory, error) {
	m := &memory{path: path, names: map[string]bool{}}
	if path == "" {
		return m, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("which targets have answered: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if lines.Text() != "" {
			m.names[lines.Text()] = true
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("which targets have answered: %s: %w", path, err)
	}
	return m, nil
}

func (m *memory) has(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.names[name]
}

func (m *memory) add(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.names[name] {
		m.names[name], m.news = true, true
	}
}

// save replaces the file whole, if there is news.
func (m *memory) save() error {
	m.mu.Lock()
	if m.path == "" || !m.news {
		m.mu.Unlock()
		return nil
	}
	names := make([]string, 0, len(m.names))
	for n := range m.names {
		names = append(names, n)
	}
	m.news = false
	m.mu.Unlock()
	slices.Sort(names)
	if err := writeWhole(m.path, names); err != nil {
		m.mu.Lock()
		m.news = true
		m.mu.Unlock()
		return err
	}
	return nil
}

func writeWhole(path string, lines []string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("save which targets have answered: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("save which targets have answered: %w", err)
	}
	defer os.Remove(f.Name()) // fails once it has been renamed
	w := bufio.NewWriter(f)
	for _, l := range lines {
		_, _ = w.WriteString(l) // Flush tells
		_ = w.WriteByte('\n')
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("save which targets have answered: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("save which targets have answered: %w", err)
	}
	return nil
}
