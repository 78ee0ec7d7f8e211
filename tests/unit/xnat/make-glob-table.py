#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints glob-table.tsv: PATTERN<TAB>TEXT<TAB>1 or 0, by Python's fnmatchcase.

Made with Python 3.11: python3 make-glob-table.py > glob-table.tsv
"""
import fnmatch
import random
import warnings

warnings.simplefilter("ignore")
ODD = """[ [] [!] []] [!]] [a- [b-a] [!b-a] [^x] [^] [\\] [\\-a] [!]a] [a-c-e] [--a] [a--z] [&&] [~~] [||] []-a] [-a] [a-]
[!-a] [b-ac-d] [a-cb-ax] [[a] [[] [[a-z] [a!] [!!] []a-] [!b-ac] [a-c-] [z-a-c] ** [a-c-b] [--] [---] [!]-a] [b-a!x]
[b-a^x] [b-a[x] [!--a] [a-c!] [x-a-c-a] [é-ü] [!é] ? ?? * a* *a a*b *a*b* a?c [a-c]* *[0-9] [0-9][0-9]* *.nii.gz a[b
a]b ]a[ [a]] [a[]b] a[[]b a[]]b a[*]b a[?]b .* *.* A* \\* \\? [!a-c]* [a-a] *?* ?* *? ***a [.] [/] */* a** *a*a*a*b
[]!] [!^] [^!] [!a-] [a\\-c] [+--] [ab-] [a-c-e-g] [c-a-e-g] [!c-a-e-g] [z-ab-a] [z-a-a] [aX-A] [a-X-A]
[[-!!-a~]* [[-!!-a] [b-a--c] [b-a-c] [b-a-] [b-!-c] [b-!x-z]""".split()
TEXTS = """a b c d e x z - ! ^ [ ] \\ & ~ | * ? . / é ü û A X aa ab abc acb a-c a.b a/b [a] [] [!] [a- a[b a]b a[]b ]a[
a*b a?b .a T1 T1w file.nii.gz 01 012 aaaab aaaa é1 + , g ^x !x [x a] [^] \\a""".split() + ["", " ", "a b"]

random.seed(7)
patterns = list(dict.fromkeys(ODD))
for _ in range(260):
    patterns.append("".join(random.choice("ab-!^[]*?\\cé&") for _ in range(random.randint(1, 8))))
for pattern in patterns:
    texts = TEXTS if pattern in ODD else random.sample(TEXTS, 12) + [
        "".join(random.choice("ab-!^[]\\cé&") for _ in range(random.randint(0, 6))) for _ in range(6)]
    for text in texts:
        print(pattern, text, int(fnmatch.fnmatchcase(text, pattern)), sep="\t")
