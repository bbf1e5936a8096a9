// SPDX-License-Identifier: GPL-2.0
/*
 * Memory as a context with the flag virt_mem sees it: that of the control
 * group of the reader. Of all groups on the way up the one with the smallest
 * limit counts. Without a limit below what the machine has, the machine's
 * figures are right.
 */
#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/page_counter.h>
#include <linux/seq_file.h>
#include <linux/swap.h>
#include <linux/vmstat.h>
#include <linux/vserver/context.h>
#include <linux/vserver/virt.h>

#ifdef CONFIG_MEMCG

/**
 * struct virt_mem - the memory of a context
 * @group: with the smallest limit; holds a reference
 * @total: pages that it may have
 * @free: pages that it may still take
 * @swap_total: pages of swap space
 * @swap_free: those that are left
 */
struct virt_mem {
	struct mem_cgroup	*group;
	unsigned long		total;
	unsigned long		free;
	unsigned long		swap_total;
	unsigned long		swap_free;
};

static unsigned long left(unsigned long total, unsigned long used)
{
	return total > used ? total - used : 0;
}

/* With v1 the limit on swap is one on memory and swap together. */
static void virt_swap(struct virt_mem *mem, struct mem_cgroup *group)
{
	bool v2 = cgroup_subsys_on_dfl(memory_cgrp_subsys);
	unsigned long limit = PAGE_COUNTER_MAX, used = 0, max;
	struct page_counter *counter;
	struct sysinfo host;

	si_swapinfo(&host);
	for (; group && !mem_cgroup_is_root(group); group = parent_mem_cgroup(group)) {
		counter = v2 ? &group->swap : &group->memsw;
		max = READ_ONCE(counter->max);
		if (max >= limit)
			continue;
		limit = max;
		used = page_counter_read(counter);
		if (!v2)
			used = left(used, page_counter_read(&group->memory));
	}
	mem->swap_total = host.totalswap;
	mem->swap_free = host.freeswap;
	if (limit == PAGE_COUNTER_MAX)
		return;
	if (!v2)
		limit = left(limit, mem->total);
	if (limit < mem->swap_total) {
		mem->swap_total = limit;
		mem->swap_free = min(mem->swap_free, left(limit, used));
	}
}

/* False: the reader is to see the machine's figures. */
static bool virt_mem_get(struct virt_mem *mem)
{
	unsigned long limit = totalram_pages(), max;
	struct mem_cgroup *group, *own;

	if (!vx_flag(current_real_vx(), VXF_VIRT_MEM) || mem_cgroup_disabled())
		return false;
	mem->group = NULL;
	rcu_read_lock();
	own = mem_cgroup_from_task(current);
	if (own && !css_tryget(&own->css))
		own = NULL;
	rcu_read_unlock();
	/* The reference to a group holds all above it. */
	for (group = own; group && !mem_cgroup_is_root(group); group = parent_mem_cgroup(group)) {
		max = READ_ONCE(group->memory.max);
		if (max < limit) {
			limit = max;
			mem->group = group;
		}
	}
	if (mem->group) {
		css_get(&mem->group->css);
		mem->total = limit;
		mem->free = left(limit, page_counter_read(&mem->group->memory));
		virt_swap(mem, own);
	}
	mem_cgroup_put(own);
	return mem->group;
}

static void virt_mem_put(struct virt_mem *mem)
{
	mem_cgroup_put(mem->group);
}

void __vs_virt_sysinfo(struct sysinfo *info)
{
	struct virt_mem mem;

	if (!virt_mem_get(&mem))
		return;
	info->totalram = mem.total;
	info->freeram = mem.free;
	info->sharedram = memcg_page_state(mem.group, NR_SHMEM);
	info->bufferram = 0;
	info->totalhigh = 0;
	info->freehigh = 0;
	info->totalswap = mem.swap_total;
	info->freeswap = mem.swap_free;
	virt_mem_put(&mem);
}

static void show_kb(struct seq_file *m, const char *name, unsigned long kb)
{
	seq_printf(m, "%-15s %8lu kB\n", name, kb);
}

static void show_pages(struct seq_file *m, const char *name, unsigned long pages)
{
	show_kb(m, name, pages << (PAGE_SHIFT - 10));
}

bool __vs_virt_meminfo(struct seq_file *m)
{
	static const struct {
		const char	*name;
		int		item;
	} lines[] = {
		{ "Active(anon):",	NR_ACTIVE_ANON },
		{ "Inactive(anon):",	NR_INACTIVE_ANON },
		{ "Active(file):",	NR_ACTIVE_FILE },
		{ "Inactive(file):",	NR_INACTIVE_FILE },
		{ "Unevictable:",	NR_UNEVICTABLE },
		{ "Dirty:",		NR_FILE_DIRTY },
		{ "Writeback:",		NR_WRITEBACK },
		{ "AnonPages:",		NR_ANON_MAPPED },
		{ "Mapped:",		NR_FILE_MAPPED },
		{ "Shmem:",		NR_SHMEM },
		{ "PageTables:",	NR_PAGETABLE },
	};
	unsigned long active, inactive, file, swapcache, reclaimable, unreclaimable;
	struct virt_mem mem;
	int i;

	if (!virt_mem_get(&mem))
		return false;
	mem_cgroup_flush_stats();
	file = memcg_page_state(mem.group, NR_ACTIVE_FILE) +
	       memcg_page_state(mem.group, NR_INACTIVE_FILE);
	active = memcg_page_state(mem.group, NR_ACTIVE_ANON) +
		 memcg_page_state(mem.group, NR_ACTIVE_FILE);
	inactive = memcg_page_state(mem.group, NR_INACTIVE_ANON) +
		   memcg_page_state(mem.group, NR_INACTIVE_FILE);
	swapcache = memcg_page_state(mem.group, NR_SWAPCACHE);
	/* Slabs are counted in bytes. */
	reclaimable = memcg_page_state(mem.group, NR_SLAB_RECLAIMABLE_B) >> PAGE_SHIFT;
	unreclaimable = memcg_page_state(mem.group, NR_SLAB_UNRECLAIMABLE_B) >> PAGE_SHIFT;

	show_pages(m, "MemTotal:", mem.total);
	show_pages(m, "MemFree:", mem.free);
	show_pages(m, "MemAvailable:", min(mem.total, mem.free + file + reclaimable));
	show_pages(m, "Buffers:", 0);
	show_pages(m, "Cached:", left(memcg_page_state(mem.group, NR_FILE_PAGES), swapcache));
	show_pages(m, "SwapCached:", swapcache);
	show_pages(m, "Active:", active);
	show_pages(m, "Inactive:", inactive);
	show_pages(m, "SwapTotal:", mem.swap_total);
	show_pages(m, "SwapFree:", mem.swap_free);
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		show_pages(m, lines[i].name, memcg_page_state(mem.group, lines[i].item));
	show_pages(m, "KReclaimable:", reclaimable);
	show_pages(m, "Slab:", reclaimable + unreclaimable);
	show_pages(m, "SReclaimable:", reclaimable);
	show_pages(m, "SUnreclaim:", unreclaimable);
	show_kb(m, "KernelStack:", memcg_page_state(mem.group, NR_KERNEL_STACK_KB));
	virt_mem_put(&mem);
	return true;
}

/* One line in place of the machine's devices, which may be named after the host's files. */
bool __vs_virt_swaps(struct seq_file *m, bool header)
{
	struct virt_mem mem;
	unsigned long kb, used;

	if (!virt_mem_get(&mem))
		return false;
	kb = mem.swap_total << (PAGE_SHIFT - 10);
	used = (mem.swap_total - mem.swap_free) << (PAGE_SHIFT - 10);
	if (header && kb)
		seq_printf(m, "%-40spartition\t%lu\t%s%lu\t%s%d\n", "hdv0",
			   kb, kb < 10000000 ? "\t" : "", used, used < 10000000 ? "\t" : "", -1);
	virt_mem_put(&mem);
	return true;
}

#else

void __vs_virt_sysinfo(struct sysinfo *info)
{
}

bool __vs_virt_meminfo(struct seq_file *m)
{
	return false;
}

bool __vs_virt_swaps(struct seq_file *m, bool header)
{
	return false;
}

#endif
