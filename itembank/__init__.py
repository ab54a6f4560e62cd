"""The item bank: texts, pictures, blueprints, items and their life, forms.

It knows who writes and reviews (registry) and nothing of sittings or pages.
"""
