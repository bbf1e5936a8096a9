#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# process_memory once more, on control groups of version 1.
exec env VS_CGROUP1=1 "${VS_SUITES:?}/process/process_memory"
