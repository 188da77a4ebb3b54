"""Who may edit which ward's rota: accounts, their roles and wards, how they prove who they are."""
