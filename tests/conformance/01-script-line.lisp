#!/usr/bin/env catena
; Section 1: a first line that begins with #! is skipped; lines are counted all the same.
(+ 1 2)                                 ;=> 3
nowhere                                 ;=! NameError 1:1: nowhere
(read-string "#!/bin/x\n5")             ;=> 5
(read-string " #!x")                    ;=! ReadError
