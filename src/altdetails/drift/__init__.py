"""Whether records still hold what pages of the site used to say: counted, and compared with an earlier count."""
