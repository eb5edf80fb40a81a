"""用卡记录: what was done with my card, by whom, where, with what outcome."""
