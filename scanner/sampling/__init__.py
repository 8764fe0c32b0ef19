"""The truth sample (真实性抽样核验): which counted records people check, and what their answers say of the count."""
