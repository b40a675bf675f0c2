"""SFT, DPO and GRPO of adapters, always through DeepSpeed's launcher."""
