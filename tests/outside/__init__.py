"""What needs packages of an environment of their own (`make outside`): a real MLflow, and models
that others published.
"""
