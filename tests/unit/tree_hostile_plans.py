"""Plans that the engine has to refuse, with what it says; in them, OBJECT stands for an object."""

from __future__ import annotations

GOOD = (
    "ffpf-plan 1\nwords 1\nnode a - 0,1,2\nobject OBJECT\norigins -\nrelays -\n"
    "node b 020000000001 0,5,6\nobject OBJECT\norigins 1,2\nrelays 3\n"
    "link 0 1 ethernet 0 1 0 1500 020000000001 0\nend\n"
)
HOSTILE: dict[str, tuple[str, str]] = {
    "nothing": ("", "it ends before its end"),
    "no newline": ("ffpf-plan 1", "it ends before its end"),
    "another": ("hello\n", "it does not begin with"),
    "version": ("ffpf-plan 2\n", "it does not begin with"),
    "huge version": ("ffpf-plan 99999999999999999999\n", "a number from 0 to 4294967295"),
    "binary": ("ffpf-plan 1\n\0\n", "it is no text"),
    "no words": ("ffpf-plan 1\nnode a - 0\n", "the number of state words"),
    "many words": ("ffpf-plan 1\nwords 28\n", "a number from 0 to 27"),
    "no node": ("ffpf-plan 1\nwords 1\nend\n", "no root with an object"),
    "root without object": ("ffpf-plan 1\nwords 1\nnode a - 0\nend\n", "no root with an object"),
    "no end": (GOOD.replace("end\n", ""), "it ends before its end"),
    "more": (GOOD + "end\n", "not expected here"),
    "unknown line": (GOOD.replace("link", "lonk"), "not expected here"),
    "empty line": (GOOD.replace("link", "\nlink"), "not expected here"),
}  # fmt: skip
EDITS = {
    "short address": ("020000000001 0,5", "0200000000 0,5", "is no address"),
    "long address": ("020000000001 0,5", "02000000000102 0,5", "is no address"),
    "no hex": ("020000000001 0,5", "02000000000g 0,5", "is no address"),
    "no name": ("node b", "node ", "a word is missing"),
    "same name": ("node b", "node a", "two nodes are called 'a'"),
    "long name": ("node b", "node " + "b" * 300, "more than 255 bytes"),
    "no parts": (" 0,1,2", "", "a word is missing"),
    "first part": ("0,1,2", "1,0,2", "parts are 0 and up to"),
    "part": ("0,1,2", "0,1,99999", "a number from 0 to 32767"),
    "comma": ("0,1,2", "0,1,", "a number from 0 to 32767"),
    "letters": ("0,1,2", "0,1x", "follows a part"),
    "few parts": ("0,1,2", "0,1", "has more parts than the plan says"),
    "part at the end": ("0,1,2", "0,1,2 3", "a word too many"),
    "two objects": ("origins 1", "object x\norigins 1", "not expected here"),
    "object without name": ("object OBJECT\norigins -", "object \norigins -", "has a name"),
    "absent object": ("OBJECT\norigins 1", "OBJECT.so\norigins 1", "cannot load the compiled program"),
    "origin 0": ("origins 1,2", "origins 0,2", "origin 0 comes twice, or is 0"),
    "origin twice": ("origins 1,2", "origins 2,2", "origin 2 comes twice"),
    "origin and relay": ("relays 3", "relays 2", "origin 2 comes twice"),
    "large origin": ("relays 3", "relays 32768", "a number from 0 to 32767"),
    "link from below": ("link 0 1", "link 1 0", "node 0 does not come behind node 1"),
    "link to itself": ("link 0 1", "link 1 1", "does not come behind"),
    "link to nowhere": ("link 0 1", "link 0 2", "a number from 0 to 1"),
    "negative": ("link 0 1", "link -1 1", "a number from 0 to 1"),
    "huge": ("link 0 1", "link 0 18446744073709551617", "a number from 0 to 1"),
    "no kind": ("ethernet", "token-ring", "no links of kind 'token-ring'"),
    "flag": ("0 1 0 1500", "0 2 0 1500", "a number from 0 to 1"),
    "mtu": ("1500", "4294967296", "a number from 0 to 4294967295"),
    "mtu with unit": ("1500", "1500b", "'b' follows a number"),
    "two spaces": ("ethernet 0", "ethernet  0", "a word is missing"),
    "no object": ("object OBJECT\norigins 1", "origins 1", "node b has no object for what arrives"),
    "short link": (" 020000000001 0\nend", "\nend", "a word is missing"),
    "long link": (" 0\nend", " 0 0\nend", "a word too many"),
    "no link": ("link 0 1 ethernet 0 1 0 1500 020000000001 0\n", "", "no link leads to node 1"),
    "two links": ("end", "link 0 1 memory 0 0 0 0 - 0\nend", "two links lead to node 1"),
}  # fmt: skip
HOSTILE |= {name: (GOOD.replace(was, now), said) for name, (was, now, said) in EDITS.items()}
