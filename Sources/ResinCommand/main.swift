print("resin")
