#pragma once
/// 1 if this CPU has what x86-64-v3 promises (always 1 on other architectures).
int stylevideo_cpu_is_v3(void);
