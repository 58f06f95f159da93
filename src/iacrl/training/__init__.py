"""SFT and GRPO, thin over TRL. The only package that imports torch, trl and peft."""
