"""The pages of those who sign in: the rota, its checks, the directories, the accounts."""
