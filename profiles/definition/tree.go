package definition

import (
	"fmt"
	"slices"
	"strings"
)

// Node is an element of a snapshot with its children and, if it is sliced, its slices.
type Node struct {
	Element
	// Name is the last part of the path, for example "value[x]".
	Name     string
	Children []*Node
	Slices   []*Node
}

// Tree turns the elements of a snapshot into a tree. Elements without ids get them from their paths and slice names.
func Tree(elements []Element) (*Node, error) {
	if len(elements) == 0 {
		return nil, fmt.Errorf("build element tree: there are no elements")
	}
	elements = withIDs(elements)
	root := &Node{Element: elements[0], Name: elements[0].Path}
	for i := range elements[1:] {
		e := elements[i+1]
		parts := SplitID(e.ID)
		parent := root
		for _, part := range parts[1 : len(parts)-1] {
			if parent = parent.find(part); parent == nil {
				return nil, fmt.Errorf("build element tree: the parent of %s is not there", e.ID)
			}
		}
		name, slice, isSlice := strings.Cut(parts[len(parts)-1], ":")
		n := &Node{Element: e, Name: name}
		if !isSlice {
			parent.Children = append(parent.Children, n)
			continue
		}
		sliced := parent.Child(name)
		if sliced == nil {
			// Two published snapshots name an element by its slice alone; it stands for the element.
			parent.Children = append(parent.Children, n)
			continue
		}
		if n.SliceName == "" {
			n.SliceName = slice
		}
		if whole, _, re := cutLast(slice, "/"); re {
			if outer := sliced.Slice(whole); outer != nil {
				sliced = outer
			}
		}
		sliced.Slices = append(sliced.Slices, n)
	}
	return root, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// Child returns the child with the name, or nil.
func (n *Node) Child(name string) *Node {
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Slice returns the slice with the name, looking into slices of slices, or nil.
func (n *Node) Slice(name string) *Node {
	for _, s := range n.Slices {
		if s.SliceName == name {
			return s
		}
		if strings.HasPrefix(name, s.SliceName+"/") {
			if inner := s.Slice(name); inner != nil {
				return inner
			}
		}
	}
	return nil
}

// find returns the child that a part of an element id names, for example "identifier:nhsNumber".
func (n *Node) find(part string) *Node {
	name, slice, isSlice := strings.Cut(part, ":")
	c := n.Child(name)
	if c == nil || !isSlice || c.SliceName == slice {
		return c
	}
	return c.Slice(slice)
}

// Flatten writes the tree as the elements of a snapshot, with ids and paths that follow from the tree.
func (n *Node) Flatten() []Element { return n.flatten(nil, n.Name, n.Name) }

func (n *Node) flatten(list []Element, id, path string) []Element {
	e := n.Element
	e.ID, e.Path = id, path
	list = append(list, e)
	for _, c := range n.Children {
		list = c.flatten(list, id+"."+c.Name, path+"."+c.Name)
	}
	base, _, _ := strings.Cut(lastPart(id), ":")
	for _, s := range n.Slices {
		list = s.flatten(list, strings.TrimSuffix(id, lastPart(id))+base+":"+s.SliceName, path)
	}
	return list
}

func lastPart(id string) string { return id[strings.LastIndexByte(id, '.')+1:] }

// clone copies a node with its children and slices; the tables that elements point to are shared, never changed.
func (n *Node) clone() *Node {
	c := &Node{Element: n.Element, Name: n.Name}
	c.Constraints = slices.Clip(c.Constraints)
	c.Children = cloneAll(n.Children)
	c.Slices = cloneAll(n.Slices)
	return c
}

func cloneAll(nodes []*Node) []*Node {
	if nodes == nil {
		return nil
	}
	list := make([]*Node, len(nodes))
	for i, n := range nodes {
		list[i] = n.clone()
	}
	return list
}

// withIDs gives every element an id that follows from its path and slice name, where the author gave none.
func withIDs(elements []Element) []Element {
	if !slices.ContainsFunc(elements, func(e Element) bool { return e.ID == "" || pathOf(e.ID) != e.Path }) {
		return elements
	}
	list := slices.Clone(elements)
	last := map[string]string{}
	for i := range list {
		e := &list[i]
		parent, name, nested := cutLast(e.Path, ".")
		id := e.Path
		if nested {
			parentID, known := last[parent]
			if !known {
				parentID = parent
			}
			id = parentID + "." + name
		}
		if e.SliceName != "" && nested {
			id += ":" + e.SliceName
		}
		e.ID = id
		last[e.Path] = id
	}
	return list
}
