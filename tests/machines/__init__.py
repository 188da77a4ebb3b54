"""Three machines of one line behind a balancer, one of which is switched off while people telephone."""
