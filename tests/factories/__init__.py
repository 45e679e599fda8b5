"""Real objects with the fewest fields. Made through the product's services where there is one."""
