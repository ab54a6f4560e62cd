"""What people look at in an examination, in one module per stage of its life. Queries never write."""
