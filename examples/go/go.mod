module example.org/faceworker

go 1.19
